-- A configuration for hathora-host on a Swarm's manager.
return {
  listen = "127.0.0.1:4000",
  tokens = { env "HATHORA_TOKEN" },
  directory = "/var/lib/hathora-host",
  docker = "/var/run/docker.sock",
  -- Every port is used once in the whole Swarm.
  ports = { 20000, 29999 },
  apps = {
    ["app-example"] = {
      engine = "swarm",
      image = "game:1",
      transportType = "udp",
      memoryMB = 512,
      cpus = 0.5,
      startDeadline = 60,
    },
  },
}
