#include "conformance/signal/subject.h"

namespace sideband {

DriverContext signal_context() {
  static const SystemClock clock;
  static SystemRandom random;
  return {clock, random};
}

std::vector<SignalSubjectFactory> signal_subjects() {
  return {{"exec", make_exec_signals},
          {"files", make_files_signals},
          {"http", make_http_signals},
          {"postgres", make_postgres_signals},
          {"prometheus", make_prometheus_signals},
          {"redis", make_redis_signals},
          {"sqlite", make_sqlite_signals}};
}

}  // namespace sideband
