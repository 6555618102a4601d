# The operator, as a static program in an empty image. Build from the root of the repository:
#   docker build -t chartctl-operator .
FROM rust:1.95-alpine AS build
RUN apk add --no-cache build-base perl
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked --package chartctl-operator \
    && cp target/release/chartctl-operator /chartctl-operator

FROM gcr.io/distroless/static:nonroot
COPY --from=build /chartctl-operator /chartctl-operator
USER 65532:65532
EXPOSE 8080
ENTRYPOINT ["/chartctl-operator"]
