#pragma once

#include <string>
#include <string_view>

namespace lmi::emulator::control_plane {

/// Whether a resource policy lets everybody use a function URL of AuthType NONE. As AWS documents it since
/// October 2025, everybody must be allowed both lambda:InvokeFunctionUrl and lambda:InvokeFunction.
///
/// Of conditions the two about function URLs are judged (lambda:FunctionUrlAuthType,
/// lambda:InvokedViaFunctionUrl). A statement that cannot be judged, because of others or of NotAction and
/// the like, counts only when it denies. `policy`: JSON, empty for none; `resource`: the ARN it is attached
/// to.
bool lets_everybody_in(const std::string& policy, std::string_view resource);

}  // namespace lmi::emulator::control_plane
