// The certificate and the key of a listener, read again when their files change.
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/metrics.h"
#include "base/mutex.h"
#include "base/result.h"

// OpenSSL's, as <openssl/types.h> declares it.
struct ssl_ctx_st;

namespace sideband {

using TlsContext = std::shared_ptr<ssl_ctx_st>;

// Paths of PEM files.
struct TlsPaths {
  std::string certificate;  // with those that vouch for it behind it
  std::string key;
  // Who vouches for clients. Empty: none is asked for a certificate; else one may show one, and one
  // that is not vouched for ends the handshake.
  std::string client_ca;
};

// Thread-safe.
class TlsFiles {
 public:
  // kInvalid: no such files, or the key is not that of the certificate; kPermission: others may
  // read the key. `clock` and `metrics` must outlive it. Blocks on the disk.
  static Result<std::shared_ptr<TlsFiles>> open(TlsPaths paths, const Clock& clock,
                                                Metrics& metrics);

  // For a new connection: TLS 1.3 and nothing older. Looks at the files once a second at most; new
  // ones that cannot be used are said in the log, once, and the former ones stay.
  TlsContext current();

 private:
  struct Loaded {
    TlsContext context;
    WallTime expires;
    std::string stamp;  // what stat said of the files
  };
  TlsFiles(TlsPaths paths, const Clock& clock, Metrics& metrics);
  [[nodiscard]] std::string stamp() const;
  [[nodiscard]] Result<Loaded> load() const;
  void use(Loaded loaded) SB_REQUIRES(mutex_);

  const TlsPaths paths_;
  const Clock& clock_;
  Gauge& expiry_;
  Mutex mutex_;
  Loaded now_ SB_GUARDED_BY(mutex_);
  std::string refused_ SB_GUARDED_BY(mutex_);  // the stamp of files that could not be used
  MonoTime looked_ SB_GUARDED_BY(mutex_);
};

}  // namespace sideband
