# Everything that building, testing and linting needs:  docker build -f docker/dev.Dockerfile -t lmi-dev .
#   docker run --rm -it -v "$PWD:/src" lmi-dev ./run test
FROM debian:12
WORKDIR /src
COPY scripts scripts
RUN scripts/install_packages.sh scripts/packages/build.txt scripts/packages/test.txt scripts/packages/lint.txt \
 && apt-get install -y -qq --no-install-recommends git
CMD ["./run", "help"]
