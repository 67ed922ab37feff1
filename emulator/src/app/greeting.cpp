#include "app/greeting.hpp"

#include <nlohmann/json.hpp>

#include <sstream>

namespace lmi::emulator::app {

std::string json_greeting(const Greeting& greeting) {
  const nlohmann::ordered_json line{{"endpoint", greeting.endpoint},
                                    {"stateFile", greeting.state_file.string()},
                                    {"pid", greeting.pid},
                                    {"version", greeting.version}};
  return line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

std::string text_greeting(const Greeting& greeting) {
  std::ostringstream text;
  text << "lmi " << greeting.version << " is ready at " << greeting.endpoint << "\n";
  if (greeting.keeps_state) {
    text << "State is kept in " << greeting.state_file.string() << "\n";
  } else {
    text << "State is not kept: name a file with --state to keep it\n";
  }
  // The AWS CLI and boto3 read the second name of the Region, the SDKs for JavaScript, Go and Rust the first.
  text << "\nFor AWS clients, in another terminal:\n"
       << "  export AWS_ENDPOINT_URL_LAMBDA=" << greeting.endpoint << "\n"
       << "  export AWS_REGION=" << greeting.region << " AWS_DEFAULT_REGION=" << greeting.region << "\n";
  if (greeting.credentials_file.empty()) {
    text << "  export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test\n";
  } else {
    text << "  export AWS_SHARED_CREDENTIALS_FILE=" << greeting.credentials_file.string()
         << "    # or one of its keys\n";
  }
  text << "\nTry next:\n"
       << "  lmi deploy build/release/bin/hello --name hello --endpoint " << greeting.endpoint << "\n"
       << "  lmi invoke hello --payload '{\"name\":\"Ada\"}' --endpoint " << greeting.endpoint << "\n"
       << "\nCtrl-C stops it.\n";
  return text.str();
}

std::string cannot_listen(const std::string& address, unsigned short port, const std::string& why,
                          bool taken) {
  std::ostringstream text;
  if (taken) {
    text << "port " << port << " on " << address
         << " is taken by another program (perhaps another emulator).\n"
         << "Stop that program (ss -ltnp 'sport = :" << port << "' names it), or choose another port:\n"
         << "  lmi up --port 0      any free port";
  } else {
    text << "cannot listen on " << address << " port " << port << ": " << why << ".\n"
         << "Give an address of this machine (127.0.0.1) and a port you may use (1024 or above, or 0 for "
            "any).";
  }
  return text.str();
}

}  // namespace lmi::emulator::app
