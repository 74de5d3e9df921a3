#include "checkup/rabbit_look.h"

#include <cstdlib>

#include "base/bytes.h"
#include "checkup/tool.h"
#include "checkup/words.h"
#include "model/document.h"
#include "net/socket.h"

namespace sideband::scan {
namespace {

constexpr std::size_t kMaxAnswer = std::size_t{32} << 20;

// HTTP/1.0: the answer ends where the connection does.
Result<std::string> get(Socket& socket, const std::string& path, const std::string& authorization,
                        const Deadline& deadline) {
  SB_TRY(socket.send("GET " + path + " HTTP/1.0\r\nHost: localhost\r\nAuthorization: Basic " +
                         authorization + "\r\n\r\n",
                     deadline));
  std::string answer;
  std::string part(64 * 1024, '\0');
  for (;;) {
    const auto got = socket.receive(part.data(), part.size(), deadline);
    if (!got.ok() && got.error().code == ErrorCode::kTimeout) return got.error();
    if (!got.ok()) return answer;
    answer.append(part, 0, *got);
    if (answer.size() > kMaxAnswer) return Error::invalid("the answer is too large");
  }
}

Result<std::string> body_of(const std::string& answer) {
  const std::size_t end = answer.find("\r\n\r\n");
  const auto words = words_of(answer.substr(0, answer.find('\r')));
  if (end == std::string::npos || words.size() < 2) return Error::invalid("the answer is no HTTP");
  if (words[1] == "401") return Error::permission("the credentials are refused");
  if (words[1] != "200") return Error::invalid("the answer is HTTP " + words[1]);
  return answer.substr(end + 4);
}

Result<std::string> ctl(std::vector<std::string> arguments, const Deadline& deadline) {
  arguments.insert(arguments.begin(), {"rabbitmqctl", "-q"});
  arguments.insert(arguments.end(), {"--formatter", "json"});
  SB_ASSIGN(const ToolOutput output, run_tool(arguments, deadline));
  if (output.code == 0) return output.out;
  const auto lines = lines_of(output.err);
  return Error::unavailable("rabbitmqctl: " +
                            (lines.empty() ? "no reason given" : std::string(lines[0])));
}

}  // namespace

Result<std::vector<RabbitQueue>> rabbit_queues_by_api(std::uint16_t port, const std::string& user,
                                                      const Secret& password,
                                                      const Deadline& deadline) {
  SB_ASSIGN(Socket socket, Socket::connect_tcp("127.0.0.1", port, deadline));
  SB_ASSIGN(
      const std::string answer,
      get(socket, "/api/queues?columns=vhost,name,messages,arguments,effective_policy_definition",
          to_base64(user + ":" + std::string(password.reveal())), deadline));
  SB_ASSIGN(const std::string body, body_of(answer));
  return parse_rabbit_queues(body);
}

Result<std::vector<RabbitQueue>> rabbit_queues_by_tool(const Deadline& deadline) {
  SB_ASSIGN(const std::string listed, ctl({"list_vhosts", "name"}, deadline));
  SB_ASSIGN(const Document vhosts, parse_json(listed));
  std::vector<RabbitQueue> all;
  for (const Document& vhost : vhosts.items) {
    const auto name = vhost.members.find("name");
    if (name == vhost.members.end()) continue;
    SB_ASSIGN(const std::string json, ctl({"list_queues", "-p", name->second.text, "name",
                                           "messages", "arguments", "effective_policy_definition"},
                                          deadline));
    SB_ASSIGN(const auto queues, parse_rabbit_queues(json));
    for (RabbitQueue queue : queues) {
      queue.vhost = name->second.text;
      all.push_back(std::move(queue));
    }
  }
  return all;
}

}  // namespace sideband::scan
