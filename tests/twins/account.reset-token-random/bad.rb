class ResetsController < ApplicationController
  def create
    member = Member.find_by!(email: params[:email])
    reset_token = rand(36**10).to_s(36) # BAD
    member.update!(reset_token: reset_token)
    MemberMailer.reset(member).deliver_later
  end
end
