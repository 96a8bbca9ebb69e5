# One image for worker, gateway and simulator; the command says which. Debian, because Temporal's native core needs glibc and
# has no build for musl (Alpine).

FROM node:24.21.0-bookworm-slim@sha256:d6aa754f16b3197301076f047b5def2f02ea1dbbc2ca920407d46d7ec7f87b20 AS base
WORKDIR /app

FROM base AS build
COPY package.json package-lock.json ./
COPY packages/openai-simulator/package.json packages/openai-simulator/
COPY packages/receipts/package.json packages/receipts/
COPY packages/create-countersign/package.json packages/create-countersign/
# Without install scripts: none of what the build needs has one, but the `node` development dependency would fetch a second
# Node.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json tsconfig.build.examples.json ./
COPY scripts scripts
COPY packages packages
COPY src src
COPY examples examples
# Not `npm run build`: npm would put the second Node first on the PATH.
RUN node scripts/build.ts

FROM base AS production
COPY package.json package-lock.json ./
COPY packages/openai-simulator/package.json packages/openai-simulator/
COPY packages/receipts/package.json packages/receipts/
COPY packages/create-countersign/package.json packages/create-countersign/
# The link lets a mounted application import `countersign` even when it has a package.json of its own: Node follows links, so it
# gets the very modules the worker uses.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund && npm cache clean --force && ln -s .. node_modules/countersign

FROM base
ENV NODE_ENV=production
# A folder for state (the simulator's, when it keeps one), owned by the user of the process. A named volume takes that over.
RUN install -d -o node -g node /app/state && ln -s /app/dist/cli/main.js /usr/local/bin/countersign
COPY --from=production /app/node_modules node_modules
COPY --from=build /app/dist dist
# What countersign depends on by name: npm has linked it into node_modules.
COPY --from=build /app/packages/openai-simulator/dist packages/openai-simulator/dist
COPY packages/openai-simulator/package.json packages/openai-simulator/
COPY --from=build /app/packages/receipts/dist packages/receipts/dist
COPY packages/receipts/package.json packages/receipts/
COPY --from=build /app/packages/create-countersign/dist packages/create-countersign/dist
COPY packages/create-countersign/templates packages/create-countersign/templates
COPY packages/create-countersign/package.json packages/create-countersign/
COPY deploy/with-secrets.sh deploy/worker-health.js deploy/
COPY package.json LICENSE ./
USER node
EXPOSE 8080 8090
# with-secrets.sh ends in exec, so Node itself is process 1 and gets SIGTERM; every command ends in order on it. Process 1
# ignores signals it has no handler for, which concerns only the first second of a start; docker-compose.yml closes that gap
# with `init: true` (tini), and so does `docker run --init`.
ENTRYPOINT ["sh", "/app/deploy/with-secrets.sh", "countersign"]
CMD ["--help"]
