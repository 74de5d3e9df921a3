#include "checkup/redis_look.h"

#include <charconv>

#include "checkup/words.h"

namespace sideband::scan {
namespace {

constexpr std::uint16_t kUsualPort = 6379;

RedisPlace place_at(std::uint16_t port, int pid) {
  RedisPlace place;
  place.pid = pid;
  place.endpoint.host = "127.0.0.1";
  place.endpoint.port = port;
  place.name = "127.0.0.1:" + std::to_string(port);
  return place;
}

}  // namespace

std::optional<RedisPlace> redis_place_of(const Process& process) {
  if (process.name != "redis-server" && process.name != "valkey-server") return std::nullopt;
  const auto words = words_of(process.title());
  if (words.size() < 2) return std::nullopt;
  const std::string& at = words[1];
  if (at.starts_with("unixsocket:")) {
    RedisPlace place;
    place.pid = process.pid;
    place.endpoint.socket = place.name = at.substr(at.find(':') + 1);
    return place;
  }
  const std::size_t colon = at.rfind(':');
  if (colon == std::string::npos) return std::nullopt;
  std::uint16_t port = 0;
  const char* const end = at.data() + at.size();
  const auto [stop, problem] = std::from_chars(at.data() + colon + 1, end, port);
  if (problem != std::errc() || stop != end) return std::nullopt;
  // The address in the title is the first one that it is bound to; loopback is asked in any case,
  // because nothing is sent off this machine.
  return place_at(port, process.pid);
}

std::vector<RedisPlace> redis_places(const std::vector<Process>& processes) {
  std::vector<RedisPlace> places;
  bool usual = false;
  for (const Process& process : processes) {
    auto place = redis_place_of(process);
    if (!place || is_child_of_its_kind(process, processes)) continue;
    usual = usual || place->endpoint.port == kUsualPort;
    places.push_back(std::move(*place));
  }
  if (!usual) places.push_back(place_at(kUsualPort, 0));
  return places;
}

std::string trouble_of(const Error& error, const RedisPlace& place) {
  const std::string name = place.name + ": ";
  return error.message.starts_with(name) ? error.message.substr(name.size()) : error.message;
}

std::string info_value(std::string_view info, std::string_view name) {
  for (const std::string_view line : lines_of(info)) {
    if (line.starts_with(name) && line.substr(name.size()).starts_with(':')) {
      return std::string(trimmed(line.substr(name.size() + 1)));
    }
  }
  return "";
}

}  // namespace sideband::scan
