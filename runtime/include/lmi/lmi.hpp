#pragma once

// Everything a blocking handler over bytes needs. Add <lmi/json.hpp> for typed JSON and <lmi/async.hpp> for
// coroutine handlers.

#include "lmi/codec.hpp"
#include "lmi/context.hpp"
#include "lmi/error.hpp"
#include "lmi/log.hpp"
#include "lmi/options.hpp"
#include "lmi/payload.hpp"
#include "lmi/run.hpp"
