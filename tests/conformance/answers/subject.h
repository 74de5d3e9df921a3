// What the suite of hostile answers needs of a driver: a real server behind a proxy, and one
// conversation with it that asks everything the driver can ask.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "drivers/context.h"
#include "support/hostile_proxy.h"

namespace sideband {

// How much of what a driver hears can be true, and so what is expected of what it says.
//
// kTruth: bytes are missing or late but not others, or TLS tells that they are. Every answer is an
// error or the truth.
// kForm: bytes are others and nobody can tell. An answer may be another value, but nothing that is
// there is absent, and nothing that was refused is said to be written.
// kNothing: what is there is itself other. Only the bounds of time and memory hold.
enum class Belief : std::uint8_t { kTruth, kForm, kNothing };

// One server with what the conversation is about. Used by one thread.
class AnswersSubject {
 public:
  virtual ~AnswersSubject() = default;

  virtual HostileProxy& proxy() = 0;
  // Waits until no connection is left at the proxy, and none of our own servers behind it.
  virtual bool await_idle(Duration limit) { return proxy().await_idle(limit); }
  // Whether what comes over the proxy is encrypted and authenticated.
  [[nodiscard]] virtual bool over_tls() const { return false; }
  // How many faults of a kind are tried: as many as take some seconds. In full 40 times as many,
  // which are all of those that there are for most.
  [[nodiscard]] virtual std::size_t sample() const { return 250; }
  // What one call gets where it is expected to fail: enough for one that is not disturbed.
  [[nodiscard]] virtual Duration call_time() const { return std::chrono::milliseconds(15); }
  // Writes what the next conversation is about, as somebody else; it is another one for each round.
  virtual void renew() = 0;
  // Opens the driver anew and asks everything; no call gets more than `timeout`. Expects of what is
  // answered what `belief` says, of the time what in_time does, and that the driver works again
  // afterwards. For that the proxy is disarmed at the end.
  virtual void converse(Duration timeout, Belief belief) = 0;
  // Replacements for what a server announces in this conversation: lengths, counts, types.
  virtual std::vector<AnswerFault> forgeries(const std::vector<HeardAnswer>& heard) = 0;
  // What an endless answer consists of.
  virtual std::vector<std::string> floods() = 0;
};

struct AnswersFactory {
  std::string name;
  // Null where the server cannot run here: the tests are then skipped.
  std::function<std::unique_ptr<AnswersSubject>()> make;
};

std::unique_ptr<AnswersSubject> make_redis_string_answers();
std::unique_ptr<AnswersSubject> make_redis_hash_answers();
std::unique_ptr<AnswersSubject> make_redis_fields_answers();
std::unique_ptr<AnswersSubject> make_redis_feed_answers();

std::unique_ptr<AnswersSubject> make_postgres_answers();
std::unique_ptr<AnswersSubject> make_postgres_tls_answers();
std::unique_ptr<AnswersSubject> make_postgres_operation_answers();
std::unique_ptr<AnswersSubject> make_http_answers();
std::unique_ptr<AnswersSubject> make_http_tls_answers();

std::vector<AnswersFactory> answers_subjects();

DriverContext answers_context();

}  // namespace sideband
