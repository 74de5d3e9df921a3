#include "conformance/answers/subject.h"

namespace sideband {

DriverContext answers_context() {
  static const SystemClock clock;
  static SystemRandom random;
  return {clock, random};
}

std::vector<AnswersFactory> answers_subjects() {
  return {{"redis_string", make_redis_string_answers},
          {"redis_hash", make_redis_hash_answers},
          {"redis_fields", make_redis_fields_answers},
          {"redis_feed", make_redis_feed_answers},
          {"postgres_table", make_postgres_answers},
          {"postgres_tls", make_postgres_tls_answers},
          {"postgres_operation", make_postgres_operation_answers},
          {"http_plain", make_http_answers},
          {"http_tls", make_http_tls_answers}};
}

}  // namespace sideband
