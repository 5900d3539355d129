# The site in one image: `docker run -e APP_KEY=… -p 8000:8000 oc-lettings-site` serves it with its data in the volume /app/data.
ARG NODE_IMAGE=node:24-bookworm-slim

# ---- everything that builds
FROM $NODE_IMAGE AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN --mount=type=cache,target=/root/.npm npm ci --no-audit --no-fund
COPY . .
# Source maps name the sources as the image has them; files are readable whatever the checkout's modes.
RUN node ace build --tsconfig tsconfig.build.json && \
    find build -name '*.js.map' -exec sed -i -E 's|"sources":\["(\.\./)+|"sources":["/app/|' {} + && \
    rm build/package-lock.json && \
    chmod -R a+rX build

# ---- what runs: the production dependencies, without peers that only serve development
FROM $NODE_IMAGE AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Left out: declarations, sources that compile to what is there, binaries of other platforms, maps.
RUN --mount=type=cache,target=/root/.npm \
    npm ci --omit=dev --legacy-peer-deps --no-audit --no-fund && \
    find node_modules -type f \( -regex '.*\.\([cm]?ts\|map\|c\|cc\|cpp\|h\|gypi?\)' \
      -o -path '*/prebuilds/*' -not -path "*/linux-$(node -p process.arch)*" \) -delete && \
    find node_modules -type d -empty -delete

# ---- what ships
FROM $NODE_IMAGE
WORKDIR /app
# npm and its like are not needed any more, and what is not there needs no patches. The volume belongs to the one who writes in it.
RUN rm -rf /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /opt/yarn* && \
    install -d -o node -g node data
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /app/build ./

# A small nursery for what a request leaves behind, a heap (both in MB) that is swept before a burst of requests has made it several
# times larger than it need be, for V8 keeps what it once had, and one heap for the native parts of all threads.
ENV NODE_ENV=production NODE_OPTIONS="--enable-source-maps --max-semi-space-size=4 --max-old-space-size=256" MALLOC_ARENA_MAX=1 HOST=0.0.0.0 PORT=8000
USER node
VOLUME /app/data
EXPOSE 8000
HEALTHCHECK --interval=5s --timeout=4s --start-period=60s --retries=3 \
  CMD ["node", "-e", "require('http').get(`http://127.0.0.1:${process.env.PORT || 8000}/health/ready`, (r) => process.exit(r.statusCode === 200 ? 0 : 1)).on('error', () => process.exit(1))"]
# V8 now and then takes what requests allocate for long-lived, and with a small nursery never finds out: up to half of the speed.
CMD ["node", "--no-allocation-site-pretenuring", "bin/server.js"]

# Last, so that a new commit with the same contents makes no new layer.
ARG RELEASE=development
ENV RELEASE=$RELEASE
LABEL org.opencontainers.image.title="OC Lettings" \
  org.opencontainers.image.description="Lettings and the people behind them" \
  org.opencontainers.image.licenses="MIT" \
  org.opencontainers.image.revision="$RELEASE"
