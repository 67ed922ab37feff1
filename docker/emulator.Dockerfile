# The emulator as an image:  docker build -f docker/emulator.Dockerfile -t lmi .
#   docker run --rm --network host lmi            # then use --endpoint-url http://127.0.0.1:9400
# The emulator listens on loopback only, because it runs uploaded code; hence the host's network.
FROM debian:12 AS build
WORKDIR /src
COPY . .
RUN scripts/install_packages.sh scripts/packages/build.txt
RUN cmake --preset release -DLMI_BUILD_TESTS=OFF -DLMI_BUILD_BENCH=OFF -DLMI_BUILD_EXAMPLES=OFF \
 && cmake --build --preset release --target lmi

FROM debian:12-slim
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends \
      libuv1 libspdlog1.10 libsqlite3-0 libcurl4 libzip4 libssl3 libpcre2-8-0 ca-certificates \
 && rm -rf /var/lib/apt/lists/*
COPY --from=build /src/build/release/bin/lmi /usr/local/bin/lmi
VOLUME /var/lib/lmi
ENTRYPOINT ["lmi", "up", "--state", "/var/lib/lmi/state.db"]
