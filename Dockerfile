# Builds the one binary, then keeps nothing but it. Data lives in /app/data.
FROM oven/bun:1.4.5 AS build
WORKDIR /src
COPY package.json bun.lock bunfig.toml tsconfig.json ./
RUN bun install --frozen-lockfile
COPY src src
COPY drizzle drizzle
ARG GIT_SHA=unknown
ENV GIT_SHA=$GIT_SHA
RUN bun run build

FROM debian:bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates curl \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --home-dir /app accord \
 && mkdir -p /app/data && chown accord /app/data
COPY --from=build /src/dist/accord /usr/local/bin/accord
# Commands of the operator find the database here, and what they make lands on the volume.
WORKDIR /app/data
USER accord
ENV LOG_FORMAT=json
VOLUME /app/data
EXPOSE 39099
HEALTHCHECK --interval=30s --timeout=3s --start-period=5s CMD curl -fsS http://127.0.0.1:${PORT:-39099}/health || exit 1
CMD ["accord", "serve", "--data-dir", "/app/data"]
