#include "conformance/operation/subject.h"

namespace sideband {

DriverContext operation_context() {
  static const SystemClock clock;
  static SystemRandom random;
  return {clock, random};
}

std::vector<OperationSubjectFactory> operation_subjects() {
  return {{"exec", make_exec_operations},
          {"http", make_http_operations},
          {"postgres", make_postgres_operations},
          {"sqlite", make_sqlite_operations}};
}

}  // namespace sideband
