#include "fuzz/driver.hpp"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <set>
#include <string>

namespace lmi::fuzz {

void broken(const char* promise, std::string_view input) {
  std::fprintf(stderr, "not so: %s\ninput: ", promise);
  std::fwrite(input.data(), 1, input.size(), stderr);
  std::fprintf(stderr, "\n");
  std::abort();
}

}  // namespace lmi::fuzz

#ifdef LMI_LIBFUZZER

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  lmi::fuzz::check({reinterpret_cast<const char*>(data), size});
  return 0;
}

#else

namespace {

using Random = std::mt19937;

/// One change of bytes: the kinds of damage parsers fall over.
std::string changed(std::string text, Random& random) {
  const auto pieces = lmi::fuzz::pieces();
  const auto below = [&](std::size_t bound) { return bound == 0 ? 0 : random() % bound; };
  const auto at = below(text.size());
  switch (below(6)) {
    case 0: text.erase(at, 1 + below(8)); break;
    case 1: text.insert(at, pieces[below(pieces.size())]); break;
    case 2: text.resize(at); break;
    case 3: text[at] = static_cast<char>(random()); break;
    case 4: text.insert(at, text.substr(below(text.size()), below(64))); break;
    default: {  // one value replaced by another
      const auto begin = text.find_first_of(":=", at);
      if (begin == std::string::npos) break;
      const auto end = text.find_first_of(",}]\n;&", begin);
      text.replace(begin + 1, (end == std::string::npos ? text.size() : end) - begin - 1,
                   pieces[below(pieces.size())]);
    }
  }
  return text;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fprintf(stderr, "usage: %s ROUNDS EXTENSION DIRECTORY…\n", argv[0]);
    return 2;
  }
  const int rounds = std::atoi(argv[1]);
  std::set<std::filesystem::path> files;
  for (int i = 3; i < argc; ++i) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator{argv[i]}) {
      if (entry.path().extension() == argv[2]) files.insert(entry.path());
    }
  }
  long inputs = 0;
  for (const auto& path : files) {
    std::ifstream file{path, std::ios::binary};
    const std::string original{std::istreambuf_iterator<char>{file}, {}};
    lmi::fuzz::check(original);
    Random random;  // its default seed: what a file goes through does not depend on the others
    for (int round = 0; round < rounds; ++round) {
      auto text = original;
      for (auto changes = 1 + random() % 3; changes > 0 && !text.empty(); --changes) {
        text = changed(std::move(text), random);
      }
      lmi::fuzz::check(text);
      ++inputs;
    }
  }
  std::printf("%zu files, %ld inputs\n", files.size(), inputs);
  return files.empty() ? 1 : 0;
}

#endif
