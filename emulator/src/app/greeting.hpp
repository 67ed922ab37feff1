#pragma once

#include <filesystem>
#include <string>

namespace lmi::emulator::app {

/// What a started emulator says of itself.
struct Greeting {
  std::string endpoint;  ///< "http://127.0.0.1:9400"
  std::filesystem::path state_file;
  bool keeps_state = true;  ///< False: the state file goes with the emulator.
  std::string region;
  std::filesystem::path credentials_file;  ///< Empty: the key test/test.
  int pid = 0;
  std::string version;
};

/// One line for programs, with its newline.
std::string json_greeting(const Greeting& greeting);

/// For people: where it is, how to point AWS clients at it, what to try next.
std::string text_greeting(const Greeting& greeting);

/// Why `address`:`port` could not be opened, and what to do.
std::string cannot_listen(const std::string& address, unsigned short port, const std::string& why,
                          bool taken);

}  // namespace lmi::emulator::app
