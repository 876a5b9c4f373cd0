class ToolsController < ApplicationController
  def ping
    system("ping", "-c", "1", params[:host])
    out = `uptime`
    state = JSON.parse(cookies[:state])
    name = Shellwords.escape(params[:host])
    system("dig #{name}")
    render plain: out
  end
end
