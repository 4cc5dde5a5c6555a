# Understudy with PostgreSQL's client programs, which it uses to move a schema.
#
#   docker build -t understudy .
#   docker run --rm -v "$PWD:/rules" understudy check --rules rules.yaml
#
# PG_MAJOR is the version of the client programs: not older than the source's server
# and not newer than the target's. Debian's trixie has 17, its bookworm 15:
#
#   docker build --build-arg DEBIAN=bookworm --build-arg PG_MAJOR=15 -t understudy:15 .
ARG GO_VERSION=1.26
ARG DEBIAN=trixie

FROM golang:${GO_VERSION}-${DEBIAN} AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o /understudy ./cmd/understudy

FROM debian:${DEBIAN}-slim
ARG PG_MAJOR=17
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates "postgresql-client-${PG_MAJOR}" \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /understudy /usr/local/bin/understudy
USER nobody
WORKDIR /rules
ENTRYPOINT ["understudy"]
