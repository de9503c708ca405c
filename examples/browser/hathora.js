// The few calls a game in a browser makes: the paths and bodies are Hathora Cloud's.

export class Hathora {
  constructor(url, appId) {
    this.url = url;
    this.appId = appId;
  }

  async call(method, path, body) {
    const headers = {};
    if (body) headers["Content-Type"] = "application/json";
    // Only what makes a lobby says who asks; without the header a browser need not ask beforehand.
    if (method === "POST" && this.token) headers.Authorization = "Bearer " + this.token;
    const response = await fetch(this.url + path, { method, headers, body: body && JSON.stringify(body) });
    const answer = await response.json();
    if (!response.ok) throw new Error(answer.message ?? `status ${response.status}`);
    return answer;
  }

  async login() {
    const { token } = await this.call("POST", `/auth/v1/${this.appId}/login/anonymous`);
    this.token = token;
  }

  createLobby(region) {
    return this.call("POST", `/lobby/v3/${this.appId}/create`, { visibility: "public", region });
  }

  lobbies() {
    return this.call("GET", `/lobby/v3/${this.appId}/list/public`);
  }

  // Its process may have just been started, so the room is asked for until it can be reached.
  async connectionInfo(roomId) {
    for (;;) {
      const info = await this.call("GET", `/rooms/v2/${this.appId}/connectioninfo/${roomId}`);
      if (info.status === "active") return info.exposedPort;
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
  }

  async connect(roomId) {
    const { host, port, transportType } = await this.connectionInfo(roomId);
    const scheme = transportType === "tls" ? "wss" : "ws";
    return new WebSocket(`${scheme}://${host}:${port}/${roomId}?token=${this.token}`);
  }
}
