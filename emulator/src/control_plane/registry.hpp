#pragma once

#include "model/api_error.hpp"
#include "model/capacity_provider.hpp"
#include "model/function.hpp"
#include "model/layer.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace lmi::emulator::control_plane {

/// A version and the function it belongs to.
struct FoundVersion {
  model::Function* function = nullptr;
  model::Version* version = nullptr;
};

/// Everything the control plane knows, in memory. Resources in state Deleting are still here, although the
/// store has forgotten them.
struct Registry {
  std::map<std::string, model::CapacityProvider, std::less<>> providers;
  std::map<std::string, model::Function, std::less<>> functions;
  std::map<std::string, model::Layer, std::less<>> layers;  ///< By layer_key().

  /// nullptr when there is none (any more).
  const model::LayerVersion* layer_version(const model::LayerReference& reference,
                                           const model::Scope& scope) const;
  /// nullptr when there is none; for those who have the bare name.
  model::Function* function_named(std::string_view name);

  /// By name or ARN. Errors: 404 with AWS's text.
  model::Result<model::CapacityProvider*> provider(std::string_view name_or_arn, const model::Scope& scope);
  /// Errors: 404 with AWS's text, which names the qualifier when there is one.
  model::Result<model::Function*> function(const model::FunctionReference& reference,
                                           const model::Scope& scope);
  /// An alias stands for its first version.
  model::Result<FoundVersion> version(const model::FunctionReference& reference, const model::Scope& scope);

  /// Published versions on a provider; functions that have any tie to it.
  std::size_t versions_on(std::string_view provider) const;
  std::size_t functions_on(std::string_view provider) const;
};

/// Under which a layer is kept, in memory and in the store.
std::string layer_key(const std::string& region, const std::string& name);

model::ApiError function_not_found(const model::Scope& scope, const model::FunctionReference& reference);
model::ApiError alias_not_found(const model::Function& function, std::string_view name);
model::ApiError provider_not_found(const model::Scope& scope, std::string_view name);

/// Calls `use` with every version of the function, $LATEST first.
template <class Function, class Use>
void for_each_version(Function& function, Use use) {
  use(function.latest);
  if (function.published) use(*function.published);
  for (auto& [number, version] : function.numbered) use(version);
}

/// The function as the store shall have it: without versions that are being deleted.
model::Function persistent(model::Function function);

}  // namespace lmi::emulator::control_plane
