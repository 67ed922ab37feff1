#include <lmi/http_client.hpp>

// Nobody is called: what is tested is that the component is found and links.
int main() {
  lmi::HttpClient client;
  const auto reply = client.send({.url = "no URL"});
  return !reply && reply.error().code == lmi::HttpErrc::invalid_call ? 0 : 1;
}
