import { Failure, hide } from './output.ts'

const site = (where: string): [RegExp, string] => [
  /^https?:\/\/[^/\s@]+$/,
  `the site ${where}as visitors reach it, such as https://example.com, with nothing after the host`,
]

/** What each variable must look like, and how to say so. None of the messages shows a value. */
const rules = {
  RELEASE: [/^[0-9a-f]{40}$/, 'the full sha of a commit, 40 characters'],
  IMAGE: [
    /^[\w.-]+(:\d+)?(\/[\w.-]+)+$/,
    'the image without a tag, such as docker.io/owner/oc-lettings-site; without IMAGE, DOCKERHUB_USERNAME names its owner',
  ],
  SITE_URL: site(''),
  RENDER_DEPLOY_HOOK_URL: [
    /^(https:\/\/|http:\/\/127\.0\.0\.1:)[^\s?]+\/deploy\/srv-[\w-]+\?key=[^\s&]+$/,
    "the service's deploy hook: https://api.render.com/deploy/srv-…?key=…",
  ],
  RENDER_API_KEY: [/^\S{10,}$/, "an API key from Render's account settings"],
  RENDER_API_URL: [
    /^(https:\/\/|http:\/\/127\.0\.0\.1:)\S+$/,
    'where its REST interface is, https://api.render.com/v1',
  ],
  DEPLOY_TIMEOUT: [/^[1-9]\d{0,4}$/, 'a number of seconds'],
  DEPLOY_INTERVAL: [/^\d{1,3}(\.\d+)?$/, 'a number of seconds'],
  VPS_HOST: [/^[\w][\w.:-]*$/, 'a host name or an address'],
  VPS_PORT: [/^\d{1,5}$/, "sshd's port"],
  VPS_USER: [/^[a-z_][a-z0-9_-]*$/, 'the user that bootstrap made, oc-lettings'],
  VPS_SSH_KEY: [
    /^-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]+-----END [A-Z ]*PRIVATE KEY-----\s*$/,
    'a private key, whole, with its first and last line',
  ],
  VPS_KNOWN_HOST: [
    /^\S+ (ssh|ecdsa|sk-)\S+ [A-Za-z0-9+/=]+/m,
    "the server's line from known_hosts, as ssh-keyscan prints it",
  ],
  VPS_FOLDER: [/^\/[\w./-]+$/, 'the folder that bootstrap made, /srv/oc-lettings'],
  VPS_SITE_URL: site('on the server '),
  SWARM_SITE_URL: site('on the swarm '),
  SWARM_STACK: [/^[a-z][a-z0-9-]*$/, "the stack's name, oc-lettings"],
  DOCKER_HOST: [
    /^(ssh|tcp|unix):\/\/\S+$/,
    'where a manager of the swarm is, such as ssh://user@example.com',
  ],
  SENTRY_AUTH_TOKEN: [/^\S{16,}$/, "an organization's auth token from Sentry's settings"],
  SENTRY_ORG: [/^[a-z0-9][\w-]*$/, "the organization's name in Sentry's addresses"],
  SENTRY_PROJECT: [/^[a-z0-9][\w-]*$/, "the project's name in Sentry's addresses"],
  SENTRY_URL: [
    /^(https:\/\/[^/\s@]+|http:\/\/127\.0\.0\.1:\d+)$/,
    "Sentry's own address, such as https://de.sentry.io, with nothing after the host",
  ],
  SENTRY_ENVIRONMENT: [/^[^\s/]{1,64}$/, 'what the site gives as its environment, production'],
} satisfies Record<string, [RegExp, string]>

export type Name = keyof typeof rules

/** What tells Sentry of a release; all is optional, but the token without the two others says nothing. */
export const sentry = [
  'SENTRY_AUTH_TOKEN',
  'SENTRY_ORG',
  'SENTRY_PROJECT',
  'SENTRY_URL',
  'SENTRY_ENVIRONMENT',
] as const satisfies Name[]
export type SentrySettings = Partial<Record<(typeof sentry)[number], string>>

/** What may appear nowhere. The hook's address is one secret as a whole, and so is its key alone. */
const secret: Name[] = [
  'RENDER_DEPLOY_HOOK_URL',
  'RENDER_API_KEY',
  'VPS_SSH_KEY',
  'SENTRY_AUTH_TOKEN',
]

/** What is wrong with the variables that a command needs and may have: one line each, nothing if all is well. */
export function problems(
  env: NodeJS.ProcessEnv,
  required: readonly Name[],
  optional: readonly Name[] = []
): string[] {
  const needed = [...required]
  if (optional.includes('SENTRY_AUTH_TOKEN') && env.SENTRY_AUTH_TOKEN)
    needed.push('SENTRY_ORG', 'SENTRY_PROJECT')
  return [...required, ...optional].flatMap((name) => {
    const [shape, meaning] = rules[name]
    if (!env[name]) return needed.includes(name) ? [`${name} is missing: ${meaning}`] : []
    return shape.test(env[name]) ? [] : [`${name} is malformed: it must be ${meaning}`]
  })
}

/** The variables of a command, checked before anything is touched; secrets among them are kept out of all output. */
export function settings<R extends Name, O extends Name = never>(
  env: NodeJS.ProcessEnv,
  required: readonly R[],
  optional: readonly O[] = []
): Record<R, string> & Partial<Record<O, string>> {
  const wrong = problems(env, required, optional)
  if (wrong.length)
    throw new Failure(
      `nothing was touched, for\n${wrong.map((line) => `  - ${line}`).join('\n')}`,
      2
    )
  for (const name of secret)
    hide(env[name], ...(env[name]?.split('\n').filter((line) => line.length > 20) ?? []))
  hide(env.RENDER_DEPLOY_HOOK_URL?.split('?key=')[1])
  return Object.fromEntries(
    [...required, ...optional].map((name) => [name, env[name] || undefined])
  ) as never
}
