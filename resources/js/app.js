import './search.js'

// A card opens into its page, and a page closes into its card, where the browser has view transitions between documents.

/** The picture of the card on this page that leads to an address. */
function pictureOf(url) {
  const path = url && new URL(url).pathname
  return (
    path && document.querySelector(`.card a[href="${path}"]`)?.closest('.card').querySelector('svg')
  )
}

const plate = document.querySelector('.plate > svg')

async function name(picture, transition) {
  if (!picture) return
  if (plate) plate.style.viewTransitionName = 'none'
  picture.style.viewTransitionName = 'plate'
  await transition.finished
  picture.style.viewTransitionName = ''
  if (plate) plate.style.viewTransitionName = ''
}

addEventListener('pageswap', ({ viewTransition, activation }) => {
  if (viewTransition) name(pictureOf(activation?.entry.url), viewTransition)
})

addEventListener('pagereveal', ({ viewTransition }) => {
  if (viewTransition && !plate)
    name(pictureOf(globalThis.navigation?.activation?.from?.url), viewTransition)
})
