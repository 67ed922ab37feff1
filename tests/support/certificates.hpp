#pragma once

#include <memory>
#include <string>

namespace lmi::test {

/// PEM texts.
struct ServerCertificate {
  std::string certificate;
  std::string key;
};

/// An authority made for one test, which signs certificates for its servers.
class CertificateAuthority {
 public:
  CertificateAuthority();
  ~CertificateAuthority();
  CertificateAuthority(const CertificateAuthority&) = delete;
  CertificateAuthority& operator=(const CertificateAuthority&) = delete;

  [[nodiscard]] std::string pem() const;

  /// Valid from `first_day` to `last_day`, counted from today, for a DNS name or an IPv4 address.
  [[nodiscard]] ServerCertificate issue(const std::string& name, int first_day = -1, int last_day = 1) const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

/// Signed by its own key.
ServerCertificate self_signed_certificate(const std::string& name);

}  // namespace lmi::test
