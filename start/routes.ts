import router from '@adonisjs/core/services/router'
import { controllers } from '#generated/controllers'
import { middleware } from '#start/kernel'

router
  .group(() => {
    router.get('/', [controllers.Home, 'show'])
    router.get('/lettings', [controllers.Lettings, 'index'])
    router.get('/lettings/:id', [controllers.Lettings, 'show'])
    router.get('/profiles', [controllers.Profiles, 'index'])
    router.get('/profiles/:username', [controllers.Profiles, 'show'])

    router.get('/api/lettings', [controllers.Api, 'lettings'])
    router.get('/api/profiles', [controllers.Api, 'profiles'])
    router.get('/api/openapi.json', [controllers.Api, 'openapi'])

    router.get('/sitemap.xml', [controllers.Sitemaps, 'index'])
    router.get('/sitemaps/:name', [controllers.Sitemaps, 'show'])
    router.get('/robots.txt', [controllers.Sitemaps, 'robots'])
  })
  .use(middleware.page())

router.get('/card.png', [controllers.Pictures, 'site'])
router.get('/lettings/:id/card.png', [controllers.Pictures, 'letting'])
router.get('/profiles/:username/stamp.png', [controllers.Pictures, 'profile'])

router.get('/health/live', [controllers.Health, 'live'])
router.get('/health/ready', [controllers.Health, 'ready'])
router.get('/metrics', [controllers.Metrics, 'show'])
