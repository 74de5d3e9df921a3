#include "support/certificate.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <memory>

#include "base/check.h"

namespace sideband {
namespace {

template <class T>
using Owned = std::unique_ptr<T, void (*)(T*)>;

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

}  // namespace

Certificate make_certificate(const std::string& host) {
  const Owned<EVP_PKEY> key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
  const Owned<X509> made(X509_new(), &X509_free);
  SB_CHECK(key != nullptr && made != nullptr);
  X509_set_version(made.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), -60);
  X509_gmtime_adj(X509_getm_notAfter(made.get()), 3600);
  X509_set_pubkey(made.get(), key.get());
  X509_NAME* const name = X509_get_subject_name(made.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(host.c_str()), -1, -1, 0);
  X509_set_issuer_name(made.get(), name);
  const Owned<X509_EXTENSION> names(
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, ("DNS:" + host).c_str()),
      &X509_EXTENSION_free);
  X509_add_ext(made.get(), names.get(), -1);
  SB_CHECK(X509_sign(made.get(), key.get(), EVP_sha256()) != 0);
  const Owned<BIO> out(BIO_new(BIO_s_mem()), &BIO_vfree);
  const Owned<BIO> key_out(BIO_new(BIO_s_mem()), &BIO_vfree);
  SB_CHECK(PEM_write_bio_X509(out.get(), made.get()) == 1);
  SB_CHECK(PEM_write_bio_PrivateKey(key_out.get(), key.get(), nullptr, nullptr, 0, nullptr,
                                    nullptr) == 1);
  return {text_of(out.get()), text_of(key_out.get())};
}

}  // namespace sideband
