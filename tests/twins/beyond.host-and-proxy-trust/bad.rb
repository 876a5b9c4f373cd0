class ResetsController < ApplicationController
  def create
    member = Member.find_by!(email: params[:email])
    reset_link = "https://#{request.host}/reset/#{member.reset_token}" # BAD
    MemberMailer.reset(member, reset_link).deliver_later
  end
end
