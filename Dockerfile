# One image for every deployable; the command says which: `serve identity`, `serve router`, …
FROM rust:1.95-bookworm AS build
WORKDIR /src
COPY . .
RUN cargo build --release --locked --package drivers-klub --bin drivers-klub \
 && strip target/release/drivers-klub

FROM debian:bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --no-create-home --uid 10001 drivers-klub
COPY --from=build /src/target/release/drivers-klub /usr/local/bin/drivers-klub
USER drivers-klub
EXPOSE 4000 4001 4002 4003 4004
ENTRYPOINT ["drivers-klub"]
CMD ["serve", "all"]
