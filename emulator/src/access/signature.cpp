#include "access/signature.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <stdexcept>

namespace lmi::emulator::access {
namespace {

using Digest = std::array<unsigned char, 32>;

std::string_view view(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

std::string hex(const Digest& digest) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  text.reserve(2 * digest.size());
  for (const unsigned char byte : digest) {
    text += digits[byte >> 4];
    text += digits[byte & 0xF];
  }
  return text;
}

Digest sha256(std::string_view bytes) {
  Digest digest{};
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, EVP_sha256(), nullptr) != 1)
    throw std::runtime_error{"OpenSSL cannot compute SHA-256"};
  return digest;
}

Digest hmac(std::string_view key, std::string_view message) {
  Digest digest{};
  if (!HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
            reinterpret_cast<const unsigned char*>(message.data()), message.size(), digest.data(), nullptr))
    throw std::runtime_error{"OpenSSL cannot compute HMAC-SHA-256"};
  return digest;
}

}  // namespace

std::string sha256_hex(std::string_view bytes) {
  return hex(sha256(bytes));
}

std::string signature_of(std::string_view canonical_request, std::string_view amz_date,
                         const Credential& credential, std::string_view secret) {
  Digest key = hmac("AWS4" + std::string{secret}, credential.date);
  key = hmac(view(key), credential.region);
  key = hmac(view(key), credential.service);
  key = hmac(view(key), credential.terminator);
  const std::string text = "AWS4-HMAC-SHA256\n" + std::string{amz_date} + "\n" + credential.scope() + "\n" +
                           sha256_hex(canonical_request);
  return hex(hmac(view(key), text));
}

bool same_secret(std::string_view left, std::string_view right) noexcept {
  return left.size() == right.size() && CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

}  // namespace lmi::emulator::access
