#include "conformance/collection/subject.h"

namespace sideband {

DriverContext test_context() {
  static const SystemClock clock;
  static SystemRandom random;
  return {clock, random};
}

Uuid test_step() {
  const DriverContext context = test_context();
  return Uuid::make(context.clock.wall(), context.random);
}

std::vector<SubjectFactory> all_subjects() {
  return {{"files", make_files_subject},
          {"redis_string", make_redis_string_subject},
          {"redis_hash", make_redis_hash_subject},
          {"redis_pair", make_redis_pair_subject},
          {"sqlite", make_sqlite_subject},
          {"sqlite_text", make_sqlite_text_subject},
          {"sqlite_pair", make_sqlite_pair_subject},
          {"postgres", make_postgres_subject},
          {"postgres_text", make_postgres_text_subject},
          {"postgres_pair", make_postgres_pair_subject},
          {"noop", make_noop_subject}};
}

std::vector<SubjectFactory> digest_subjects() {
  return {{"postgres", make_postgres_subject},
          {"postgres_text", make_postgres_text_subject},
          {"postgres_pair", make_postgres_pair_subject}};
}

}  // namespace sideband
