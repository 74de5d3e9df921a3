#include "checkup/x509.h"

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <climits>
#include <ctime>
#include <memory>

#include "base/sha256.h"
#include "checkup/x509_ptr.h"

namespace sideband::scan {
namespace {

struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
struct FreeNames {
  void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
};
using BioPtr = std::unique_ptr<BIO, FreeBio>;

// OpenSSL's own would ask on the terminal.
int no_passphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*context*/) {
  return -1;
}

std::string text_of(const ASN1_STRING* string) {
  if (string == nullptr) return "";
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
          static_cast<std::size_t>(ASN1_STRING_length(string))};
}

// "192.0.2.1", "2001:db8::1"; empty for bytes that are no address.
std::string address_text(const ASN1_OCTET_STRING* bytes) {
  char text[INET6_ADDRSTRLEN] = "";
  const int size = ASN1_STRING_length(bytes);
  const int family = size == 4 ? AF_INET : size == 16 ? AF_INET6 : AF_UNSPEC;
  if (family == AF_UNSPEC) return "";
  ::inet_ntop(family, ASN1_STRING_get0_data(bytes), text, sizeof text);
  return text;
}

std::string name_text(const GENERAL_NAME& name) {
  switch (name.type) {
    case GEN_DNS:
      return text_of(name.d.dNSName);
    case GEN_IPADD:
      return address_text(name.d.iPAddress);
    case GEN_URI:
      return text_of(name.d.uniformResourceIdentifier);
    case GEN_EMAIL:
      return text_of(name.d.rfc822Name);
    default:
      return "";
  }
}

// Of the subject's alternative names; those for DNS first, because people know them by these.
std::vector<std::string> alternative_names(const X509& x) {
  std::vector<std::string> dns, others;
  const std::unique_ptr<GENERAL_NAMES, FreeNames> names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(&x, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    const std::string text = name_text(*name);
    if (!text.empty()) (name->type == GEN_DNS ? dns : others).push_back(text);
  }
  dns.insert(dns.end(), others.begin(), others.end());
  return dns;
}

std::string subject_of(const X509& x) {
  const BioPtr out(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(out.get(), X509_get_subject_name(&x), 0, XN_FLAG_RFC2253);
  char* data = nullptr;
  const long size = BIO_get_mem_data(out.get(), &data);
  return {data, static_cast<std::size_t>(std::max(0L, size))};
}

std::string common_name(const X509& x) {
  const X509_NAME* subject = X509_get_subject_name(&x);
  const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  return at < 0 ? "" : text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
}

std::string fingerprint_of(X509& x) {
  unsigned char* der = nullptr;
  const int size = i2d_X509(&x, &der);
  if (size <= 0) return "";
  const std::string hex = to_hex(
      sha256(std::string_view(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size))));
  OPENSSL_free(der);
  return hex;
}

Result<Certificate> certificate_of(X509& x) {
  Certificate found;
  std::tm time{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(&x), &time) != 1) {
    return Error::corrupt("a certificate without a proper end of validity");
  }
  found.not_after = from_us(std::int64_t{::timegm(&time)} * 1'000'000);
  const auto names = alternative_names(x);
  found.subject = subject_of(x);
  for (const std::string& name : names) found.subject += "," + name;
  found.name = names.empty() ? common_name(x) : names[0];
  if (found.name.empty()) found.name = found.subject.empty() ? "nobody" : found.subject;
  found.fingerprint = fingerprint_of(x);
  return found;
}

Result<std::vector<Certificate>> read_der(std::string_view bytes) {
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
  const X509Ptr x(d2i_X509(nullptr, &data, static_cast<long>(bytes.size())));
  ERR_clear_error();
  if (!x) return std::vector<Certificate>{};  // some other DER, a key for example
  SB_ASSIGN(Certificate one, certificate_of(*x));
  return std::vector<Certificate>{std::move(one)};
}

}  // namespace

Result<std::vector<Certificate>> read_certificates(std::string_view bytes) {
  if (bytes.size() > INT_MAX) return Error::invalid("too large");
  if (bytes.starts_with('\x30')) return read_der(bytes);
  std::vector<Certificate> found;
  if (bytes.find("-----BEGIN ") == std::string_view::npos) return found;
  const BioPtr in(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
  for (;;) {
    ERR_clear_error();
    const X509Ptr x(PEM_read_bio_X509(in.get(), nullptr, &no_passphrase, nullptr));
    if (!x) break;
    SB_ASSIGN(Certificate one, certificate_of(*x));
    found.push_back(std::move(one));
  }
  // The end of the file is told as "no start line".
  const unsigned long last = ERR_peek_last_error();
  ERR_clear_error();
  const bool ended =
      ERR_GET_LIB(last) == ERR_LIB_PEM && ERR_GET_REASON(last) == PEM_R_NO_START_LINE;
  if (!ended) return Error::corrupt("a certificate in it is damaged or locked");
  return found;
}

}  // namespace sideband::scan
