class ResetsController < ApplicationController
  def create
    member = Member.find_by!(email: params[:email])
    reset_token = SecureRandom.urlsafe_base64(32)
    member.update!(reset_token: reset_token)
    sleep(rand(0.1..0.3))
    MemberMailer.reset(member).deliver_later
  end
end
