#include "app/instance_catalogue.hpp"

#include <nlohmann/json.hpp>

#include <optional>

namespace lmi::emulator::app {

fleet::Catalogue built_in_catalogue() {
  fleet::Catalogue catalogue;
  const auto data = nlohmann::json::parse(embedded_instance_types);
  for (const auto& row : data.at("instances")) {
    const auto& price = row.at("usd_per_hour");
    catalogue.push_back(
        {.name = row.at("type").get<std::string>(),
         .architecture = row.at("arch").get<std::string>(),
         .vcpus = row.at("vcpu").get<unsigned>(),
         .memory_mb = row.at("memory_gib").get<unsigned>() * 1024,
         .usd_per_hour = price.is_null() ? std::nullopt : std::optional{price.get<double>()}});
  }
  return catalogue;
}

}  // namespace lmi::emulator::app
