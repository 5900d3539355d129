import type { driftRules, rules } from './rules.js'

type Mutation<Rule> = { change: string; from: RegExp; to: string; breaks: Rule }

/** Ways to spoil the workflow, each with the rule that notices it. */
// prettier-ignore
export const mutations: Mutation<keyof typeof rules | 'GitHub'>[] = [
  // what GitHub's own parser refuses
  { change: 'a misspelt key', from: /timeout-minutes/, to: 'timeout-minute', breaks: 'GitHub' },
  { change: 'a job that needs one that is not there', from: /needs: build/, to: 'needs: bild', breaks: 'GitHub' },
  { change: 'a circle of jobs', from: /name: Lint\n/, to: '$&    needs: deploy\n', breaks: 'GitHub' },
  { change: 'a condition that cannot be read', from: /== 'push' &&/, to: "== 'push' and", breaks: 'GitHub' },

  // what starts which jobs
  { change: 'only branches without a slash are tested', from: /'\*\*'/, to: "'*'", breaks: 'tests and lints a push to any branch' },
  { change: 'only pull requests are tested', from: / {2}push:\n.*\n.*\n/, to: '', breaks: 'tests and lints a push to any branch' },
  { change: 'lint waits for a master', from: /(name: Lint\n) {4}if:.*/, to: "$1    if: github.ref == 'refs/heads/master'", breaks: 'tests and lints a push to any branch' },
  { change: 'every branch is built and deployed', from: / {4}if: github\.event_name == 'push' && .*\n/, to: '', breaks: 'tests and lints a push to any branch' },
  { change: 'branches that only end in master are deployed', from: /github\.ref == 'refs\/heads\/master'\n/, to: "endsWith(github.ref, 'master')\n", breaks: 'tests and lints a push to any branch' },
  { change: 'what is live is built anew every hour', from: / {2}pull_request:\n/, to: "$&  schedule:\n    - cron: '17 * * * *'\n", breaks: 'ships nothing else' },
  { change: 'main is deployed instead of master', from: /github\.ref == 'refs\/heads\/master'\n/, to: "github.ref == 'refs/heads/main'\n", breaks: 'ships what is pushed to master, in order' },
  { change: 'master does not start it', from: /, master\]/, to: ']', breaks: 'ships what is pushed to master, in order' },
  { change: 'the deploy does not wait for the build', from: /(name: Deploy to Render\n) {4}needs: build\n/, to: '$1', breaks: 'tests and lints a push to any branch' },
  { change: 'the server is deployed to without being asked', from: /vars\.VPS_ENABLED == 'true'/, to: 'true', breaks: 'ships what is pushed to master, in order' },
  { change: 'a server alone has a red job', from: / {4}if: vars\.SITE_URL != '' .*\n/, to: '', breaks: 'ships what is pushed to master, in order' },
  { change: 'nobody is told that no site is deployed to', from: / \|\| vars\.VPS_ENABLED != 'true'/, to: '', breaks: 'ships what is pushed to master, in order' },
  { change: 'a branch MASTER is deployed', from: /'!\[Mm\].*', master/, to: 'master', breaks: 'ships nothing else' },
  { change: 'tags are deployed', from: / {4}branches: .*\n/, to: "    branches: ['**', master]\n    tags: ['**']\n", breaks: 'ships nothing else' },
  { change: 'a branch with a pull request is tested twice', from: / {4}if: github\.event_name != .*\n/, to: '', breaks: 'runs a pull request from a fork as a branch, and one of its own not again' },
  { change: 'no pull request is tested', from: /github\.event_name != 'pull_request' \|\| .*/g, to: "github.event_name == 'push'", breaks: 'runs a pull request from a fork as a branch, and one of its own not again' },
  { change: 'a fork runs with the secrets', from: / {2}pull_request:\n/, to: '$&  pull_request_target:\n', breaks: 'runs a pull request from a fork as a branch, and one of its own not again' },
  { change: 'it is built although tests failed', from: /(build:\n[^]*?if: )(.*)/, to: '$1always() && $2', breaks: 'goes no further than a job that fails, is cancelled or is skipped' },
  { change: 'it is built although lint failed', from: /\[test, lint\]/, to: '[test]', breaks: 'goes no further than a job that fails, is cancelled or is skipped' },
  { change: 'it is deployed although the build was cancelled', from: /if: vars\.SITE_URL != ''.*/, to: "if: ${{ !failure() && github.ref == 'refs/heads/master' }}", breaks: 'goes no further than a job that fails, is cancelled or is skipped' },
  { change: 'a test that fails is let pass', from: / {6}- run: make test\n/, to: '$&        continue-on-error: true\n', breaks: 'leaves no secret and no token where no step uses it, and no failure without consequence' },
  { change: 'a job that fails is let pass', from: /(name: Test on .*\n)/, to: '$1    continue-on-error: true\n', breaks: 'leaves no secret and no token where no step uses it, and no failure without consequence' },
  { change: 'it is pushed although the scan found something', from: /( {8}run: make push\n)/, to: '        if: always()\n$1', breaks: 'goes no further than a job that fails, is cancelled or is skipped' },

  // what the jobs do
  { change: 'MySQL is left out', from: / {10}- database: MySQL 8\n.*\n.*\n/, to: '', breaks: 'tests on each database, with the browser and the containers' },
  { change: 'MariaDB is not used by its tests', from: /matrix\.image && 'mysql'/, to: "matrix.image == 'mysql:8.4' && 'mysql'", breaks: 'tests on each database, with the browser and the containers' },
  { change: 'the containers are left out', from: / {6}- run: make test-container\n.*\n/, to: '', breaks: 'tests on each database, with the browser and the containers' },
  { change: 'the browser may be left out', from: / {6}REQUIRE_CHROMIUM: 1\n/, to: '', breaks: 'tests on each database, with the browser and the containers' },
  { change: 'Redis may be left out', from: / {6}REQUIRE_REDIS: 1\n/, to: '', breaks: 'tests on each database, with the browser and the containers' },
  { change: 'a failed gate hides the coverage', from: /!cancelled\(\) && /, to: '', breaks: 'tests on each database, with the browser and the containers' },
  { change: 'a command that is no target', from: /run: make lint/, to: 'run: npm run lint', breaks: 'runs nothing but make targets' },
  { change: 'a target and more', from: /run: make lint/, to: 'run: make lint || true', breaks: 'runs nothing but make targets' },
  { change: 'a branch name in a shell', from: /run: make lint/, to: 'run: make lint BRANCH=${{ github.head_ref }}', breaks: 'runs nothing but make targets' },
  { change: 'a target that is not there', from: /run: make lint/, to: 'run: make lnt', breaks: 'runs nothing but make targets' },
  { change: 'lint does not lint', from: / {6}- run: make lint\n(.*\n){3}/, to: '      - run: make clean\n', breaks: 'runs all that make ci runs' },
  { change: 'shell scripts may be left out', from: / {10}REQUIRE_SHELLCHECK: 1\n/, to: '', breaks: 'leaves no check of the shell scripts and the alert rules out' },
  { change: 'alert rules may be left out', from: / {10}REQUIRE_PROMTOOL: 1\n/, to: '', breaks: 'leaves no check of the shell scripts and the alert rules out' },
  { change: 'the image of another commit', from: /(build:\n[^]*?RELEASE: ).*/, to: '$1${{ github.event.before }}', breaks: 'builds, scans and only then pushes the commit as latest and by its sha' },
  { change: 'somebody else’s image', from: /(build:\n[^]*?DOCKERHUB_USERNAME: ).*/, to: '$1${{ github.actor }}', breaks: 'builds, scans and only then pushes the commit as latest and by its sha' },
  { change: 'a scan that forgives', from: /fail-build: true/, to: 'fail-build: false', breaks: 'builds, scans and only then pushes the commit as latest and by its sha' },
  { change: 'a scan for critical findings alone', from: /severity-cutoff: high/, to: 'severity-cutoff: critical', breaks: 'builds, scans and only then pushes the commit as latest and by its sha' },
  { change: 'a push before the scan', from: / {6}- run: make build\n/, to: '$&      - run: make push\n', breaks: 'builds, scans and only then pushes the commit as latest and by its sha' },
  { change: 'a Node of whatever version beside the credentials', from: /(latest now is newer[^]*?) {6}# else .*\n.*setup-node@.*\n.*\n.*\n/, to: '$1', breaks: 'builds, scans and only then pushes the commit as latest and by its sha' },
  { change: 'no SBOM', from: / {10}sbom-path: .*\n/, to: '', breaks: 'builds, scans and only then pushes the commit as latest and by its sha' },
  { change: 'source maps of an image that nobody scanned', from: / {6}- run: make build\n/, to: '$&      - run: make sourcemaps\n', breaks: 'builds, scans and only then pushes the commit as latest and by its sha' },
  { change: 'source maps that Sentry may not have', from: /(run: make sourcemaps\n) {8}env:\n.*\n/, to: '$1', breaks: 'tells Sentry of what is live, under the commit that was built' },
  { change: 'source maps for no project', from: / {6}SENTRY_PROJECT: .*\n/, to: '', breaks: 'tells Sentry of what is live, under the commit that was built' },
  { change: 'a deploy that Sentry does not hear of', from: /( {10}RENDER_API_KEY: .*\n).*SENTRY_AUTH_TOKEN.*\n/, to: '$1', breaks: 'tells Sentry of what is live, under the commit that was built' },
  { change: 'Sentry’s token for the scan', from: /(name: Stop at .*\n)/, to: '$1        env:\n          TOKEN: ${{ secrets.SENTRY_AUTH_TOKEN }}\n', breaks: 'gives each secret to the one step that uses it' },
  { change: 'a time to come up that no deploy hears of', from: / {10}DEPLOY_TIMEOUT: .*\n/, to: '', breaks: 'hands each deploy what it may be told' },
  { change: 'a private repository, whose attestations GitHub refuses', from: / {8}if: \$\{\{ !github\.event\.repository\.private \}\}\n/, to: '', breaks: 'builds, scans and only then pushes the commit as latest and by its sha' },
  { change: 'a deploy of another commit', from: /(deploy:\n[^]*?RELEASE: ).*/, to: '$1latest', breaks: 'deploys the commit to production' },
  { change: 'a deploy past the environment’s protection', from: /name: production/, to: 'name: staging', breaks: 'deploys the commit to production' },
  { change: 'a deploy by hand', from: /run: make deploy\n/, to: 'run: make status\n', breaks: 'deploys the commit to production' },
  { change: 'a port of sshd that nobody hears of', from: / {6}VPS_PORT: .*\n/, to: '', breaks: 'deploys the commit to the server that the variables name' },
  { change: 'a deploy to the server past its environment’s protection', from: /name: vps/, to: 'name: production', breaks: 'deploys the commit to the server that the variables name' },

  // how they run
  { change: 'a newer push cancels a deploy', from: /(cancel-in-progress: ).*/, to: '$1true', breaks: 'cancels what is superseded on a branch, and never a deploy' },
  { change: 'superseded tests run on', from: /(cancel-in-progress: ).*/, to: '$1false', breaks: 'cancels what is superseded on a branch, and never a deploy' },
  { change: 'two deploys at once, in the order in which tests end', from: /(group: .*)github\.ref \}\}/, to: "$1github.ref == 'refs/heads/master' && github.run_id || github.ref }}", breaks: 'cancels what is superseded on a branch, and never a deploy' },
  { change: 'a branch takes the place of master', from: /(group: .*) \$.*/, to: '$1', breaks: 'cancels what is superseded on a branch, and never a deploy' },
  { change: 'a build that cannot tell what is newer', from: /fetch-depth: 0/, to: 'fetch-depth: 1', breaks: 'knows the history where it decides what is newer' },
  { change: 'a deploy that cannot tell what is newer', from: /(deploy:\n[^]*?)fetch-depth: 0/, to: '$1fetch-depth: 1', breaks: 'knows the history where it decides what is newer' },
  { change: 'permissions for all', from: /permissions: \{\}/, to: 'permissions: write-all', breaks: 'grants each job the least' },
  { change: 'no permissions of its own', from: / {4}permissions:\n {6}contents: read\n/, to: '', breaks: 'grants each job the least' },
  { change: 'a job that may write', from: /contents: read/, to: 'contents: write', breaks: 'grants each job the least' },
  { change: 'tests that see a secret', from: /REQUIRE_DOCKER: 1/, to: 'TOKEN: ${{ secrets.DOCKERHUB_TOKEN }}', breaks: 'leaves no secret and no token where no step uses it, and no failure without consequence' },
  { change: 'a secret for a whole job', from: /(deploy:\n[^]*?SITE_URL: ).*/, to: '$1${{ secrets.RENDER_API_KEY }}', breaks: 'leaves no secret and no token where no step uses it, and no failure without consequence' },
  { change: 'a secret for one step more', from: /run: make build\n/, to: '$&        env:\n          TOKEN: ${{ secrets.DOCKERHUB_TOKEN }}\n', breaks: 'gives each secret to the one step that uses it' },
  { change: 'all secrets at once', from: /run: make build\n/, to: '$&        env:\n          ALL: ${{ toJSON(secrets) }}\n', breaks: 'leaves no secret and no token where no step uses it, and no failure without consequence' },
  { change: 'a checkout that leaves its token', from: / {10}persist-credentials: false\n/, to: '          clean: true\n', breaks: 'leaves no secret and no token where no step uses it, and no failure without consequence' },
  { change: 'a secret that nobody has heard of', from: /secrets\.VPS_SSH_KEY/, to: 'secrets.NEW_KEY', breaks: 'names each secret and variable in the README' },
  { change: 'an action by its tag', from: /checkout@[0-9a-f]{40}/, to: 'checkout@v7', breaks: 'pins each action by the sha of a commit, with its version behind it' },
  { change: 'an action by a short sha', from: /(checkout@[0-9a-f]{7})[0-9a-f]{33}/, to: '$1', breaks: 'pins each action by the sha of a commit, with its version behind it' },
  { change: 'a sha of which nobody knows the version', from: / # v7\.0\.1/, to: '', breaks: 'pins each action by the sha of a commit, with its version behind it' },
  { change: 'a job that may hang for six hours', from: / {4}timeout-minutes: 10\n/, to: '', breaks: 'ends by itself' },
  { change: 'a deploy that is cut off on its way back', from: /timeout-minutes: 45/, to: 'timeout-minutes: 30', breaks: 'leaves a deploy the time to come up, and to go back' },
]

/** The same for the workflow that looks for drift. */
// prettier-ignore
export const driftMutations: Mutation<keyof typeof driftRules>[] = [
  { change: 'a server alone is not looked at', from: / \|\| vars\.VPS_ENABLED == 'true'\n/, to: '\n', breaks: 'looks at every site that master is deployed to, whatever the others are' },
  { change: 'trouble on Render hides the server', from: /!cancelled\(\) && /, to: '', breaks: 'looks at every site that master is deployed to, whatever the others are' },
  { change: 'Render is looked at twice', from: /VPS_SITE_URL/, to: 'SITE_URL', breaks: 'looks at every site that master is deployed to, whatever the others are' },
  { change: 'a server that is no longer deployed to is looked at', from: / && vars\.VPS_ENABLED == 'true'/, to: " && vars.VPS_SITE_URL != ''", breaks: 'looks at every site that master is deployed to, whatever the others are' },
]
