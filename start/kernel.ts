import app from '@adonisjs/core/services/app'
import router from '@adonisjs/core/services/router'
import server from '@adonisjs/core/services/server'

server.errorHandler(() => import('#exceptions/handler'))

// On every request, in this order. Nothing here knows a session: what needs one is named middleware on its own routes.
server.use([
  () => import('#middleware/request_log_middleware'),
  () => import('#middleware/security_headers_middleware'),
  () => import('#middleware/canonical_url_middleware'),
  ...(app.inDev ? [() => import('@adonisjs/vite/vite_middleware')] : []),
])

export const middleware = router.named({ page: () => import('#middleware/page_middleware') })
