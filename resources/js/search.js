// The list follows what is typed and chosen: the page of that address is fetched, and its parts take the place of those here.

const box = document.querySelector('[data-part="results"]') && document.forms.search
let request
let isTyping = false
let pause

/** Shows what an address lists; `remember` is how history keeps it: pushState, replaceState or nothing. */
async function show(address, remember) {
  clearTimeout(pause)
  request?.abort()
  request = new AbortController()
  try {
    const response = await fetch(address, { signal: request.signal })
    if (!response.ok) throw new Error(response.statusText)
    const page = new DOMParser().parseFromString(await response.text(), 'text/html')
    if (remember && address !== location.href) history[remember](null, '', address)
    document.title = page.title
    for (const part of document.querySelectorAll('[data-part]')) {
      const fresh = page.querySelector(`[data-part="${part.dataset.part}"]`)
      if (part.innerHTML !== fresh.innerHTML) part.replaceChildren(...fresh.childNodes)
    }
    return true
  } catch (error) {
    if (error.name === 'AbortError') return
    // to assign an address with a fragment where it is already would load nothing
    if (address === location.href) location.reload()
    else location.assign(address)
  }
}

/** The address that the form would lead to. */
function typed() {
  const values = [...new FormData(box)].filter(([, value]) => value.trim())
  const query = new URLSearchParams(values)
  return box.action + (query.size ? `?${query}` : '')
}

/** Shows what the form asks for; what is typed in a row is one step of history, from the first of it that is shown. */
async function search(goesOn) {
  const address = typed()
  const isStep = isTyping || address !== location.href
  if (await show(address, isTyping ? 'replaceState' : 'pushState')) isTyping = goesOn && isStep
}

if (box) {
  box.addEventListener('input', () => {
    clearTimeout(pause)
    pause = setTimeout(search, 200, true)
  })
  box.addEventListener('submit', (event) => {
    event.preventDefault()
    search(false)
  })
  addEventListener('click', async (event) => {
    if (event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
    // who goes on is not brought back by what was typed before
    if (event.target.closest('a:not([href^="#"])')) {
      clearTimeout(pause)
      request?.abort()
    }
    const link = event.target.closest('.filters a, .empty a, .pager a')
    if (!link) return
    event.preventDefault()
    isTyping = false
    const shown = await show(link.href, 'pushState')
    if (!shown) return
    box.elements.q.value = new URL(link.href).searchParams.get('q') ?? ''
    // what was followed is gone: go on where its list begins
    const found = document.querySelector('[data-part="found"]')
    found.focus({ preventScroll: true })
    if (found.getBoundingClientRect().bottom < 0) found.scrollIntoView()
  })
  addEventListener('popstate', () => {
    isTyping = false
    box.elements.q.value = new URL(location.href).searchParams.get('q') ?? ''
    show(location.href)
  })
}
