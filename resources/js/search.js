// The list follows what is typed and chosen: the page of that address is fetched, and its parts take the place of those here.

const results = document.querySelector('[data-part="results"]')
const box = results && document.forms.search
let request
let isTyping = false
let pause
/** The address that was last asked for, shown or on its way. */
let asked = location.href
/** The query of the step of history that is shown, or on its way. */
let step = location.search

/**
 * Shows what an address lists; `remember` is how history keeps it: pushState, replaceState or nothing. Where that fails the
 * browser goes there and tells why, unless it `mayFail`: then it is tried again, and the list stays pale.
 */
async function show(address, remember, mayFail) {
  stop()
  asked = address
  results.ariaBusy = 'true'
  const { signal } = (request = new AbortController())
  try {
    const response = await fetch(address, { signal })
    if (!response.ok) throw new Error(response.statusText)
    const page = new DOMParser().parseFromString(await response.text(), 'text/html')
    if (remember && address !== location.href) {
      // for the way back
      if (remember === 'pushState') history.replaceState(scrollY, '')
      history[remember](scrollY, '', address)
      step = location.search
    }
    document.title = page.title
    // phones share a page by this address
    const canonical = '[rel=canonical]'
    document.querySelector(canonical).replaceWith(page.querySelector(canonical))
    for (const part of document.querySelectorAll('[data-part]')) {
      const fresh = page.querySelector(`[data-part="${part.dataset.part}"]`)
      put(part, fresh)
    }
    results.ariaBusy = null
    return true
  } catch {
    if (signal.aborted) return
    if (mayFail) {
      pause ??= setTimeout(search, 3_000, true)
      return
    }
    stop()
    // to assign an address with a fragment where it is already would load nothing
    if (address === location.href) location.reload()
    else location.assign(address)
  }
}

/** Puts a part as another page has it into this one; what was opened there stays open, and the focus where it was. */
function put(part, fresh) {
  const open = [...part.querySelectorAll('[open] > summary')].map(textOf)
  for (const summary of fresh.querySelectorAll('summary'))
    summary.parentElement.open = open.includes(textOf(summary))
  if (part.innerHTML === fresh.innerHTML) return
  const focused = part.contains(document.activeElement) && textOf(document.activeElement)
  part.replaceChildren(...fresh.childNodes)
  const isFocused = (element) => textOf(element) === focused
  if (focused)
    [...part.querySelectorAll('a, summary')].find(isFocused)?.focus({ preventScroll: true })
}

const textOf = ({ textContent }) => textContent.trim()

/** What is typed gets no answer any more, nor does what was asked for. */
function stop() {
  clearTimeout(pause)
  pause = undefined
  request?.abort()
  results.ariaBusy = null
}

/** Writes the words of an address into the box. */
function write(address) {
  box.elements.q.value = new URL(address).searchParams.get('q') ?? ''
}

/** The address of what is typed, with the filters and the order of another: the form may not have those last asked for yet. */
function typed(other = asked) {
  const q = box.elements.q.value.trim()
  const others = [...new URL(other).searchParams].filter(([name]) => lasting.includes(name))
  const query = String(new URLSearchParams([...(q ? [['q', q]] : []), ...others]))
  return box.action + (query && `?${query}`)
}

const lasting = ['country', 'state', 'city', 'sort']

/**
 * Shows what the form asks for; what is typed in a row is one step of history, from the first of it that is shown. Who goes on
 * typing keeps the page, though an answer fails.
 */
async function search(goesOn) {
  const address = typed()
  const isStep = isTyping || address !== location.href
  if (await show(address, isTyping ? 'replaceState' : 'pushState', goesOn))
    isTyping = goesOn && isStep
}

if (box) {
  box.addEventListener('input', () => {
    clearTimeout(pause)
    pause = setTimeout(search, 200, true)
  })
  box.addEventListener('submit', (event) => {
    event.preventDefault()
    // or else the keyboard on the screen would cover what is found
    if (matchMedia('(hover: none)').matches) box.elements.q.blur()
    search(false)
  })
  addEventListener('click', async (event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
    // the second click of two is not for the card that the first has brought there
    if (event.detail > 1 && event.target.closest('.card')) return event.preventDefault()
    // who goes on is not brought back by what was typed before
    if (event.target.closest('a:not([href^="#"])')) stop()
    const link = event.target.closest('.filters a, .empty a, .pager a')
    if (!link) return
    event.preventDefault()
    isTyping = false
    // what is typed may not be in the links of filters yet
    const address = link.closest('.filters') ? typed(link.href) : link.href
    const shown = await show(address, 'pushState')
    // who has typed meanwhile goes on typing
    if (!shown || pause) return
    write(address)
    // what was followed is gone: go on where its list begins
    const found = document.querySelector('[data-part="found"]')
    found.focus({ preventScroll: true })
    if (found.getBoundingClientRect().bottom < 0) found.parentElement.scrollIntoView()
  })
  // what is left by the browser's own buttons keeps its place too, but not one in the list of another address
  addEventListener('scrollend', () => results.ariaBusy || history.replaceState(scrollY, ''))
  addEventListener('popstate', async ({ state }) => {
    // to skip to the content is a step too, and changes no list
    if (location.search === step) return
    step = location.search
    isTyping = false
    write(location.href)
    // the browser has scrolled as far as the list that was there let it
    if ((await show(location.href)) && state) scrollTo(0, state)
  })
  // a page that the browser has kept comes back as it was left, with words in its box that got no answer
  addEventListener('pageshow', ({ persisted }) => {
    if (!persisted) return
    stop()
    isTyping = false
    asked = location.href
    write(asked)
  })
}
