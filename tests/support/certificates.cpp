#include "support/certificates.hpp"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cctype>
#include <random>
#include <stdexcept>

namespace lmi::test {
namespace {

template <auto free>
struct Freed {
  template <class T>
  void operator()(T* object) const {
    free(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;
using Bio = std::unique_ptr<BIO, Freed<BIO_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Freed<X509_EXTENSION_free>>;

struct Pair {
  Certificate certificate;
  Key key;
};

void must(bool well) {
  if (!well) throw std::runtime_error{"OpenSSL could not make a certificate"};
}

void extend(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const Extension extension{X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str())};
  must(extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1);
}

/// `issuer` empty: signed by itself.
Pair make(const std::string& name, const Pair* issuer, bool authority, int first_day, int last_day) {
  Pair made{Certificate{X509_new()}, Key{EVP_EC_gen("P-256")}};
  X509* certificate = made.certificate.get();
  must(certificate != nullptr && made.key != nullptr);
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), std::random_device{}());
  X509_time_adj_ex(X509_getm_notBefore(certificate), first_day, 0, nullptr);
  X509_time_adj_ex(X509_getm_notAfter(certificate), last_day, 0, nullptr);
  X509_set_pubkey(certificate, made.key.get());

  X509_NAME* subject = X509_get_subject_name(certificate);
  const auto* text = reinterpret_cast<const unsigned char*>(name.c_str());
  must(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, text, -1, -1, 0) == 1);
  X509* signer = issuer != nullptr ? issuer->certificate.get() : certificate;
  X509_set_issuer_name(certificate, X509_get_subject_name(signer));

  if (authority) {
    extend(certificate, signer, NID_basic_constraints, "critical,CA:TRUE");
    extend(certificate, signer, NID_key_usage, "critical,keyCertSign,cRLSign");
  } else {
    const bool address = std::isdigit(static_cast<unsigned char>(name[0])) != 0;
    extend(certificate, signer, NID_subject_alt_name, (address ? "IP:" : "DNS:") + name);
  }
  must(X509_sign(certificate, (issuer != nullptr ? issuer->key : made.key).get(), EVP_sha256()) > 0);
  return made;
}

template <class Write>
std::string pem_of(Write&& write) {
  const Bio bio{BIO_new(BIO_s_mem())};
  must(write(bio.get()) == 1);
  char* text = nullptr;
  const auto size = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

ServerCertificate both(const Pair& pair) {
  return {.certificate = pem_of([&](BIO* bio) { return PEM_write_bio_X509(bio, pair.certificate.get()); }),
          .key = pem_of([&](BIO* bio) {
            return PEM_write_bio_PrivateKey(bio, pair.key.get(), nullptr, nullptr, 0, nullptr, nullptr);
          })};
}

}  // namespace

struct CertificateAuthority::Parts {
  Pair pair = make("A test's authority", nullptr, true, -30, 30);
};

CertificateAuthority::CertificateAuthority() : parts_{std::make_unique<Parts>()} {}
CertificateAuthority::~CertificateAuthority() = default;

std::string CertificateAuthority::pem() const {
  return both(parts_->pair).certificate;
}

ServerCertificate CertificateAuthority::issue(const std::string& name, int first_day, int last_day) const {
  return both(make(name, &parts_->pair, false, first_day, last_day));
}

ServerCertificate self_signed_certificate(const std::string& name) {
  return both(make(name, nullptr, false, -1, 1));
}

}  // namespace lmi::test
