class GateController < ApplicationController
  def open
    pass = Pass.issue(current_member)
    cookies[:session_token] = { value: pass.code, httponly: true, secure: true, same_site: :lax }
    cookies[:theme] = "dark"
    redirect_to home_path
  end
end
