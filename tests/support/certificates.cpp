#include "support/certificates.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <memory>

#include "base/check.h"

namespace sideband {
namespace {

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Bio = std::unique_ptr<BIO, Freed<BIO_free>>;
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

void add_names(X509* x, const std::string& text) {
  if (text.empty()) return;
  X509_EXTENSION* const names =
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, text.c_str());
  SB_CHECK(names != nullptr && X509_add_ext(x, names, -1) == 1);
  X509_EXTENSION_free(names);
}

MadeCertificate make(const std::string& common_name, const std::string& names, WallTime not_after) {
  static long serial = 0;
  const Key key(EVP_EC_gen("P-256"));
  const Certificate x(X509_new());
  SB_CHECK(key && x);
  X509_set_version(x.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(x.get()), ++serial);
  const time_t end = not_after.time_since_epoch().count() / 1'000'000;
  ASN1_TIME_set(X509_getm_notBefore(x.get()), end - 90 * 24 * 3600);
  ASN1_TIME_set(X509_getm_notAfter(x.get()), end);
  X509_NAME* const subject = X509_get_subject_name(x.get());
  const auto* text = reinterpret_cast<const unsigned char*>(common_name.c_str());
  if (*text != 0) X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, text, -1, -1, 0);
  X509_set_issuer_name(x.get(), subject);
  X509_set_pubkey(x.get(), key.get());
  add_names(x.get(), names);
  SB_CHECK(X509_sign(x.get(), key.get(), EVP_sha256()) > 0);
  const Bio pem(BIO_new(BIO_s_mem())), der(BIO_new(BIO_s_mem())), secret(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(pem.get(), x.get());
  i2d_X509_bio(der.get(), x.get());
  PEM_write_bio_PrivateKey(secret.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  return {text_of(pem.get()), text_of(secret.get()), text_of(der.get())};
}

}  // namespace

MadeCertificate make_certificate(const std::string& name, WallTime not_after) {
  return make(name, "DNS:" + name, not_after);
}

MadeCertificate make_certificate_of(const std::string& names, WallTime not_after,
                                    const std::string& common_name) {
  return make(common_name, names, not_after);
}

}  // namespace sideband
