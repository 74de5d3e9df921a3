#include "checkup/dead_letters.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <set>

#include "checkup/words.h"
#include "model/document.h"

namespace sideband::scan {
namespace {

// An argument of a queue: the API has an object, rabbitmqctl a list of [name, type, value].
std::string argument(const Document& queue, const char* member, const std::string& name) {
  const auto arguments = queue.members.find(member);
  if (arguments == queue.members.end()) return "";
  for (const Document& item : arguments->second.items) {
    if (item.items.size() == 3 && item.items[0].text == name) return item.items[2].text;
  }
  return member_text(arguments->second, name);
}

bool has_argument(const Document& queue, const char* member, const std::string& name) {
  const auto arguments = queue.members.find(member);
  if (arguments == queue.members.end()) return false;
  for (const Document& item : arguments->second.items) {
    if (item.items.size() == 3 && item.items[0].text == name) return true;
  }
  return arguments->second.members.count(name) != 0;
}

// By the default exchange, whose routing key is the name of a queue.
std::string dead_letter_target(const Document& queue) {
  const struct {
    const char* member;
    const char* exchange;
    const char* key;
  } kPlaces[] = {
      {"arguments", "x-dead-letter-exchange", "x-dead-letter-routing-key"},
      {"effective_policy_definition", "dead-letter-exchange", "dead-letter-routing-key"}};
  for (const auto& place : kPlaces) {
    if (!has_argument(queue, place.member, place.exchange)) continue;
    return argument(queue, place.member, place.exchange).empty()
               ? argument(queue, place.member, place.key)
               : "";
  }
  return "";
}

// In lower case: "deadLetters.2" and "DEAD_LETTERS" are both "dead" and "letters".
std::vector<std::string> words_of_name(std::string_view name) {
  std::vector<std::string> words;
  std::string word;
  const auto end_word = [&] {
    if (!word.empty()) words.push_back(std::move(word));
    word.clear();
  };
  bool was_small = false;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalpha(byte) == 0 || (was_small && std::isupper(byte) != 0)) end_word();
    if (std::isalpha(byte) != 0) word += static_cast<char>(std::tolower(byte));
    was_small = std::islower(byte) != 0;
  }
  end_word();
  return words;
}

}  // namespace

bool is_dead_letter_name(std::string_view name) {
  static const std::set<std::string> kWords = {"dead", "deadletter", "deadletters", "dlq", "dlqs"};
  const auto words = words_of_name(name);
  return std::any_of(words.begin(), words.end(),
                     [](const std::string& word) { return kWords.count(word) != 0; });
}

Result<std::vector<RabbitQueue>> parse_rabbit_queues(std::string_view json) {
  SB_ASSIGN(const Document list, parse_json(json));
  if (list.kind != Document::Kind::kList) return Error::invalid("RabbitMQ sent no list of queues");
  std::vector<RabbitQueue> queues;
  for (const Document& item : list.items) {
    RabbitQueue queue;
    queue.vhost = member_text(item, "vhost");
    queue.name = member_text(item, "name");
    queue.messages = std::atoll(member_text(item, "messages").c_str());
    queue.dead_letters_to = dead_letter_target(item);
    queues.push_back(std::move(queue));
  }
  return queues;
}

std::vector<RabbitQueue> dead_letter_queues(const std::vector<RabbitQueue>& queues) {
  std::set<std::pair<std::string, std::string>> targets;
  for (const RabbitQueue& queue : queues) targets.insert({queue.vhost, queue.dead_letters_to});
  std::vector<RabbitQueue> found;
  for (const RabbitQueue& queue : queues) {
    const bool dead =
        is_dead_letter_name(queue.name) || targets.count({queue.vhost, queue.name}) != 0;
    if (dead && queue.messages > 0) found.push_back(queue);
  }
  return found;
}

}  // namespace sideband::scan
