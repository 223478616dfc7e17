module example.com/chat

go 1.27

require (
	github.com/coder/websocket v1.8.15
	gopkg.in/natefinch/lumberjack.v2 v2.2.1
)
