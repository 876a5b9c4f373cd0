class GateController < ApplicationController
  def open
    pass = Pass.issue(current_member)
    cookies[:session_token] = { value: pass.code, httponly: false, secure: true } # BAD
    redirect_to home_path
  end

  def keep
    response.set_cookie("auth_token", value: params[:auth_token], secure: false, httponly: true) # BAD
    head :ok
  end
end
