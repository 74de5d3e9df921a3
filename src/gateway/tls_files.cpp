#include "gateway/tls_files.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/stat.h>
#include <time.h>

#include "base/log.h"

namespace sideband {
namespace {

constexpr Duration kLookEvery = std::chrono::seconds(1);

// Empties OpenSSL's queue, whose last entry says the most.
std::string why_not() {
  std::string why = "unknown";
  while (const unsigned long code = ERR_get_error()) {
    const char* const reason = ERR_reason_error_string(code);
    if (reason != nullptr) why = reason;
  }
  return why;
}

std::string stamp_of(const std::string& path) {
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0) return "none";
  return fmt::format("{}.{}.{}.{}.{}", found.st_dev, found.st_ino, found.st_size,
                     found.st_mtim.tv_sec * 1'000'000'000 + found.st_mtim.tv_nsec,
                     found.st_ctim.tv_sec * 1'000'000'000 + found.st_ctim.tv_nsec);
}

Result<void> check_key_file(const std::string& path) {
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0 || !S_ISREG(found.st_mode)) {
    return Error::invalid(path + ": there is no such file");
  }
  if ((found.st_mode & 077) == 0) return {};
  return Error::permission(
      fmt::format("{}: its group or others may use this key; chmod 600 {}", path, path));
}

// Never asks a terminal for a passphrase.
int no_passphrase(char* /*buffer*/, int /*size*/, int /*writes*/, void* /*context*/) {
  return 0;
}

WallTime end_of(const X509* certificate) {
  struct tm end {};
  ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end);
  return WallTime(std::chrono::seconds(::timegm(&end)));
}

// RFC 8446. No tickets: a connection that goes on must have shown that it believes this
// certificate.
TlsContext new_context() {
  TlsContext context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  SSL_CTX_set_min_proto_version(context.get(), TLS1_3_VERSION);
  SSL_CTX_set_num_tickets(context.get(), 0);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_default_passwd_cb(context.get(), &no_passphrase);
  return context;
}

// Whoever shows no certificate may have a token.
Result<void> believe_clients(SSL_CTX* context, const std::string& ca) {
  if (ca.empty()) return {};
  if (SSL_CTX_load_verify_file(context, ca.c_str()) != 1) {
    return Error::invalid(ca + ": no certificate can be read there: " + why_not());
  }
  SSL_CTX_set_client_CA_list(context, SSL_load_client_CA_file(ca.c_str()));
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  return {};
}

}  // namespace

TlsFiles::TlsFiles(TlsPaths paths, const Clock& clock, Metrics& metrics)
    : paths_(std::move(paths)),
      clock_(clock),
      expiry_(metrics.gauge("sideband_tls_certificate_expiry_timestamp_seconds",
                            "When the certificate of --listen ends, in seconds since the epoch.",
                            {})) {}

Result<std::shared_ptr<TlsFiles>> TlsFiles::open(TlsPaths paths, const Clock& clock,
                                                 Metrics& metrics) {
  std::shared_ptr<TlsFiles> files(new TlsFiles(std::move(paths), clock, metrics));
  auto loaded = files->load();
  if (!loaded.ok()) return loaded.error();
  const MutexLock lock(files->mutex_);
  files->use(std::move(*loaded));
  files->looked_ = clock.mono();
  return files;
}

std::string TlsFiles::stamp() const {
  return stamp_of(paths_.certificate) + " " + stamp_of(paths_.key) + " " +
         (paths_.client_ca.empty() ? "" : stamp_of(paths_.client_ca));
}

Result<TlsFiles::Loaded> TlsFiles::load() const {
  Loaded loaded{new_context(), {}, stamp()};
  SSL_CTX* const context = loaded.context.get();
  ERR_clear_error();
  if (SSL_CTX_use_certificate_chain_file(context, paths_.certificate.c_str()) != 1) {
    return Error::invalid(paths_.certificate + ": no certificate can be read there: " + why_not());
  }
  SB_TRY(check_key_file(paths_.key));
  if (SSL_CTX_use_PrivateKey_file(context, paths_.key.c_str(), SSL_FILETYPE_PEM) != 1) {
    return Error::invalid(fmt::format("{}: no key of {} can be read there: {}", paths_.key,
                                      paths_.certificate, why_not()));
  }
  SB_TRY(believe_clients(context, paths_.client_ca));
  loaded.expires = end_of(SSL_CTX_get0_certificate(context));
  return loaded;
}

TlsContext TlsFiles::current() {
  const MutexLock lock(mutex_);
  const MonoTime now = clock_.mono();
  if (now - looked_ < kLookEvery) return now_.context;
  looked_ = now;
  const std::string there = stamp();
  if (there == now_.stamp || there == refused_) return now_.context;
  auto loaded = load();
  if (loaded.ok()) {
    use(std::move(*loaded));
    log(LogLevel::kInfo, "another certificate is shown",
        {{"file", paths_.certificate}, {"expires", format_time(now_.expires)}});
  } else {
    refused_ = there;
    log(LogLevel::kWarn, "a new certificate cannot be used; the former one stays",
        {{"why", loaded.error().message}});
  }
  return now_.context;
}

void TlsFiles::use(Loaded loaded) {
  now_ = std::move(loaded);
  refused_.clear();
  expiry_.set(static_cast<double>(to_us(now_.expires)) / 1e6);
}

}  // namespace sideband
