class ToolsController < ApplicationController
  def ping
    out = `ping -c 1 #{params[:host]}` # BAD
    system("dig #{params[:host]}") # BAD
    state = Marshal.load(Base64.decode64(cookies[:state])) # BAD
    render plain: eval(params[:sum]) # BAD
  end
end
