#pragma once

#include <cstdint>
#include <string>

namespace orders {

/// A picture to stick on a parcel: the bits of `number` as 32 vertical bars, black for one, most significant
/// first. A BMP file of 128 × 32 pixels, 24 bits each.
std::string make_label(std::uint32_t number);

}  // namespace orders
