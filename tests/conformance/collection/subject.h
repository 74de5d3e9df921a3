// What the conformance suite needs of a driver: a real target, a way to write to it as somebody
// else, and a way to look at it that does not use the driver.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/uuid.h"
#include "drivers/context.h"
#include "ports/collection.h"
#include "ports/grants.h"

namespace sideband {

// One empty target. put, erase and peek may be called from another thread than the Collection's.
class Subject {
 public:
  virtual ~Subject() = default;

  // A writable Collection on the target; each call makes another one.
  virtual std::unique_ptr<Collection> open() = 0;
  // What the driver says of our rights to it.
  virtual Result<GrantReport> grants(const GrantNeeds& needs) = 0;
  // Key number i (0 to 9,999); keys rise with i in the collection's order.
  virtual std::string key(int i) = 0;
  // A present state of the collection's shape that holds these bytes.
  virtual State value(const std::string& bytes) = 0;

  virtual void put(const std::string& key, const State& state) = 0;
  virtual void erase(const std::string& key) = 0;
  virtual State peek(const std::string& key) = 0;

  // Makes the state of an existing key one that cannot be told; false where that cannot be.
  virtual bool damage(const std::string& /*key*/) { return false; }
  // Makes scans fail before their end; false where that cannot be done.
  virtual bool break_scan() { return false; }
  // Keys that the target can never hold; reading them must not harm, changing them must not work.
  virtual std::vector<std::string> hostile_keys() { return {}; }
  // Whether a scan may exceed max_items (a cursor of the target that yields what it likes).
  virtual bool pages_are_exact() { return true; }
};

struct SubjectFactory {
  std::string name;
  // Null where the target's server cannot run here: the tests are then skipped.
  std::function<std::unique_ptr<Subject>()> make;
};

std::unique_ptr<Subject> make_files_subject();
std::unique_ptr<Subject> make_redis_string_subject();
std::unique_ptr<Subject> make_redis_hash_subject();
std::unique_ptr<Subject> make_redis_pair_subject();
std::unique_ptr<Subject> make_sqlite_subject();
std::unique_ptr<Subject> make_sqlite_text_subject();
std::unique_ptr<Subject> make_sqlite_pair_subject();
std::unique_ptr<Subject> make_postgres_subject();
std::unique_ptr<Subject> make_postgres_text_subject();
std::unique_ptr<Subject> make_postgres_pair_subject();
std::unique_ptr<Subject> make_noop_subject();

// Clock and randomness shared by all subjects.
DriverContext test_context();
Uuid test_step();

// Every driver that runs the suite.
std::vector<SubjectFactory> all_subjects();
// Those that declare digests.
std::vector<SubjectFactory> digest_subjects();

}  // namespace sideband
