package tools

import (
	"net/http"
	"os/exec"
)

func ping(w http.ResponseWriter, r *http.Request) {
	host := r.URL.Query().Get("host")
	out, _ := exec.Command("ping", "-c", "1", host).Output()
	exec.Command("sh", "-c", "uptime | wc -l").Run()
	w.Write(out)
}
