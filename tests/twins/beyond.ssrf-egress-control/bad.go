package web

import (
	"io"
	"net/http"

	"github.com/labstack/echo/v4"
)

var client = &http.Client{}

func fetch(target string) (*http.Response, error) {
	return client.Get(target) // BAD
}

func Preview(c echo.Context) error {
	reply, err := fetch(c.QueryParam("page"))
	if err != nil {
		return err
	}
	defer reply.Body.Close()
	return c.Stream(http.StatusOK, "text/html", io.LimitReader(reply.Body, 1<<20))
}
